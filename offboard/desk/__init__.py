"""What people decide: it reads plans and letters, writes approvals, and holds no key to any system."""
