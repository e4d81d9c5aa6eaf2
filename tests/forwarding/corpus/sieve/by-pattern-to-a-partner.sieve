require ["regex", "copy"];
if header :regex "subject" "^\\[heron-[0-9]+\\]" { redirect :copy "desk@partner.example"; }
