"""How an announcement leaves: mail servers and webhooks."""
