require ["regex", "copy"];
if header :regex "from" ".*" { redirect :copy "desk@partner.example"; }
