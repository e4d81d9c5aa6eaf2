"""What a mail rule does and how suspicious it is. Pure: it reads text and data, never a system."""
