require "fileinto";
if size :over 10M { fileinto "Large"; }
