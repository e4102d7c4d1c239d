"""What other systems tell us 集成: identities, serial codes, what happened with a customer."""
