"""Customer groups 客户群: who owns them, who is in them, and how they change hands."""
