require "fileinto";
if address :domain "from" "client0.example" { fileinto "Clients.0"; }
elsif address :domain "from" "client1.example" { fileinto "Clients.1"; }
elsif address :domain "from" "client2.example" { fileinto "Clients.2"; }
elsif address :domain "from" "client3.example" { fileinto "Clients.3"; }
elsif address :domain "from" "client4.example" { fileinto "Clients.4"; }
elsif address :domain "from" "client5.example" { fileinto "Clients.5"; }
elsif address :domain "from" "client6.example" { fileinto "Clients.6"; }
elsif address :domain "from" "client7.example" { fileinto "Clients.7"; }
elsif address :domain "from" "client8.example" { fileinto "Clients.8"; }
elsif address :domain "from" "client9.example" { fileinto "Clients.9"; }
elsif address :domain "from" "client10.example" { fileinto "Clients.10"; }
elsif address :domain "from" "client11.example" { fileinto "Clients.11"; }
