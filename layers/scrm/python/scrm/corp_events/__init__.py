"""What WeCom reports of tags, staff, groups and the rest."""
