"""Orders, payments and refunds 订单、到款、退款, as other systems tell them (spec INT-02, INT-07)."""
