require "fileinto";
if header :contains "subject" ["invoice", "Rechnung"] { fileinto "Bookkeeping"; }
