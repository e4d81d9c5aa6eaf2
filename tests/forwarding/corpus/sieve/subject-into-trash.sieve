require "fileinto";
if header :contains "subject" "complaint" { fileinto "Trash"; }
