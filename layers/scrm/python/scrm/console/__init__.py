"""The console of customers: which areas of /admin speak of customers, and where each is declared."""
