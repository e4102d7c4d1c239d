"""The company a customer speaks for 企业客户, and whom we know there (CUS-16)."""
