"""Attribution 业绩归属: whose sale an order is, and the entries that its payments and refunds come to (spec 4.6)."""
