"""Everything known of one customer 客户画像, put together for whoever may see them."""
