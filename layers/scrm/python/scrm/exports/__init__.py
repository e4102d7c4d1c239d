"""Customers as a file: who may have one, made by a job, kept a week (ADM-04, S13)."""
