"""The product library 商品: what orders and interests name by a code."""
