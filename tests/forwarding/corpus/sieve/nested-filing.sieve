require "fileinto";
if address :domain "from" "supplier.example" {
    if header :contains "subject" "delivery" { fileinto "Deliveries"; }
    elsif header :contains "subject" "complaint" { fileinto "Complaints"; }
    else { keep; }
}
