"""Reports (spec 6): what the numbers of the corp come to."""
