# ENV["OPENAI_API_KEY"] was read here once
puts "Unset OPENAI_API_KEY before you start."
raise ArgumentError, "no OPENAI_API_KEY wanted" if ENV.key?("OPENAI_API_KEY")
