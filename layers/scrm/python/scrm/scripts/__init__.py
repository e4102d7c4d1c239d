"""Scripts 话术: what a salesperson sends in one tap, in several parts."""
