"""The behaviour trace 行为轨迹 of a customer, newest first."""
