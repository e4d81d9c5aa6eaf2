require "fileinto";
if header :contains ["to", "cc"] "ann.private@gmail.com" { fileinto "Private"; }
