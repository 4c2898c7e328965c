<?php
// openai_api_key was an option of this plugin up to version 2
delete_option('openai_api_key');
echo 'Remove OPENAI_API_KEY from wp-config.php';
