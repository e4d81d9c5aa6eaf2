require "fileinto";
if address :domain "from" "client.example" { fileinto "Clients"; }
elsif header :contains "subject" "complaint" { discard; stop; }
