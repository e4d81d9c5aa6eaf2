"""What must survive: departures, plans, approvals, letters, secrets and the evidence."""
