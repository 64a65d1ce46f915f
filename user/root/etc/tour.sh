# A short tour: run it with `sh /etc/tour.sh`.
cat /etc/motd
echo "Policies with fit in their name:"
grep fit /etc/policies | wc
free
