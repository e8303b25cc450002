"""What customers are worth: purchases to come, money per purchase, contracts."""
