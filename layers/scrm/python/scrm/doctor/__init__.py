"""The set-up doctor 企微配置体检: what is wrong with the deployment's set-up, and the click that mends it."""
