require ["variables", "copy"];
set "firm" "acme";
redirect :copy "joe@${firm}.example";
