"""Jobs: work on many, in chunks, with progress, a result for each and a way to call it off."""
