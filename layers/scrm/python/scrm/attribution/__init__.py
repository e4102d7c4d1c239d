"""Attribution 业绩归属: whose sale an order is, and what its payments and refunds come to (spec 4.6)."""
