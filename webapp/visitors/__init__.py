"""What visitors may send: every way into the app goes through here."""
