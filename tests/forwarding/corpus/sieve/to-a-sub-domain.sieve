redirect "leads@crm.acme.example";
