"""Cards 客户卡: one line of any list, a customer as one member knows them, with everything conditions ask."""
