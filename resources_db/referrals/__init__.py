"""Referrals: what a family tries, who says what came of it, and what is asked afterwards."""
