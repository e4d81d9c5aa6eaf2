require "fileinto";
if exists "List-Unsubscribe" { fileinto "Trash"; }
