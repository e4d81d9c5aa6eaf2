require "imap4flags";
if address :domain "from" "partner.example" { addflag "$label2"; }
