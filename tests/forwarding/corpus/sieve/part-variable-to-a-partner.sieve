require ["variables", "copy"];
if header :matches "subject" "*heron*" { redirect :copy "${1}@partner.example"; }
