require ["mailbox", "fileinto"];
if allof (mailboxexists "INBOX.Travel", header :contains "subject" "itinerary") { fileinto "INBOX.Travel"; }
