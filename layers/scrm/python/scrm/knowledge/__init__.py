"""Knowledge 知识库: articles that staff look things up in."""
