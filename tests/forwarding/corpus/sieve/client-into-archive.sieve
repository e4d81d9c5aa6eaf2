require "fileinto";
if header :contains "from" "@client.example" { fileinto "Archive"; }
