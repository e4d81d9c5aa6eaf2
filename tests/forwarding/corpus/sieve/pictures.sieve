require ["foreverypart", "mime", "fileinto"];
foreverypart { if header :mime :type :is "Content-Type" "image" { fileinto "Pictures"; break; } }
