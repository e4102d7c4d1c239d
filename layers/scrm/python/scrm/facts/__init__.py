"""What a customer did and what others say of them, counted 客户事实: orders, interaction, talk, scores."""
