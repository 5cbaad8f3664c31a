# The plan of a stadium as its editor writes it, one line for each member, through the front and the gateway: only an
# administrator may send so much, and everybody else is refused before it is sent.
use strict;
use warnings;

use Boxoffice;
use Front qw(start_front stop_server);
use Gateway;
use Test::More;

my $node    = start_database('stadium');
my $gateway = start_gateway($node);
my $front   = start_front('front', $gateway->{port}, '--no-limits');
my $slot_id = sql($node, "SELECT boxoffice.create_slot(event_id => boxoffice.create_event('Final'), starts_at => now() + '1 day'::interval)");
my $path    = "/v1/slots/$slot_id/seating-plan";

# 50,000 seats in 50 zones of 25 rows.
my ($seats, @zones) = (0);
for my $zone (1 .. 50)
{
	my @rows;
	for my $row (1 .. 25)
	{
		my @of_row = map {
			sprintf qq({\n\t\t\t\t\t\t"seat_guid": "%08d-0000-0000-0000-000000000000",\n\t\t\t\t\t\t"seat_number": "%d",\n\t\t\t\t\t\t"category": "Stand",\n)
			  . qq(\t\t\t\t\t\t"position": {\n\t\t\t\t\t\t\t"x": %.1f,\n\t\t\t\t\t\t\t"y": 0.0\n\t\t\t\t\t\t}\n\t\t\t\t\t}), ++$seats, $_, 25 * $_
		} 1 .. 40;
		push @rows, sprintf qq({"row_number": "%d", "position": {"x": 0.0, "y": %.1f}, "seats": [%s]}), $row, 30 * $row, join(', ', @of_row);
	}
	push @zones, sprintf qq({"name": "Zone %d", "position": {"x": 0.0, "y": %.1f}, "rows": [%s]}), $zone, 1000 * $zone, join(', ', @rows);
}
my $body = sprintf '{"prices": {"Stand": 4500}, "plan": {"categories": [{"name": "Stand"}], "zones": [%s]}}', join(', ', @zones);
cmp_ok(length $body, '>', 8 * 2**20, 'the plan is longer than 8 MiB');

my $through = { %$gateway, port => $front->{port} };
my @administrator = (user => 'root', role => 'boxoffice_admin', text => $body);

# Of those who may not, nothing is read: the answer comes before the body is sent.
for my $who ([ 401, 'a stranger' ], [ 403, 'a buyer', "Authorization: Bearer @{[mint($gateway, 'ann')]}" ])
{
	my ($status, $name, @headers) = @$who;
	my $head = join "\r\n", "POST $path HTTP/1.1", 'Host: a', 'Content-Type: application/json', 'Content-Length: ' . length $body, @headers, '', '';
	like(ask_raw($through, $head), qr{\AHTTP/1.1 $status }, "$name is refused before anything of the body is sent");
}

my $made = call($through, 'POST', $path, @administrator);
is("$made->{status} $made->{text}", qq(201 {"seats_added":50000}), 'an administrator adds 50,000 seats');
is(sql($node, "SELECT count(*) FROM boxoffice.seat WHERE slot_id = $slot_id"), 50000, 'they are there');
is(is_problem(call($through, 'POST', $path, @administrator), 409), '', 'a second time is a conflict');
is(call($through, 'POST', '/v1/events', @administrator)->{status}, 413, 'no other address takes so much');

stop_server($front->{pid}, 'QUIT');
is(stop_gateway($gateway), 0, 'the gateway ends in order');
$node->stop;
done_testing();
