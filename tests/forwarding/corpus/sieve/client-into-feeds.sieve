require "fileinto";
if address :domain "from" "client.example" { fileinto "INBOX.RSS Feeds"; stop; }
