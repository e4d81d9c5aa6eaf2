require "fileinto";
if header :contains "subject" ["[SPAM]", "***SPAM***"] { fileinto "Spam"; }
