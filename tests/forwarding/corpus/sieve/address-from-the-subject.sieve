require "variables";
if header :matches "subject" "to:*" { redirect "${1}"; }
