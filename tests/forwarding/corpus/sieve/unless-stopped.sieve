require ["fileinto", "copy"];
if exists "List-Id" { fileinto "Lists"; stop; }
redirect :copy "desk@partner.example";
