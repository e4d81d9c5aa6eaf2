require ["ihave", "fileinto"];
if ihave "imap4flags" { addflag "$work"; }
if address :domain "from" "acme.example" { fileinto "Company"; }
