"""Taking in what WeCom posts: verify, decrypt, queue. Standard library, botocore and the cipher only."""
